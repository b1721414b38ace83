"""A simulated network: SNMP agents that behave like the one a design plans."""
