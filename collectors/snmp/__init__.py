"""Asking devices over SNMP: messages on the ground floor, engines that send them, sessions that ask, traps that are heard."""
