"""Poll Wi-Fi gear over SNMP and store what it says. Counts only, never a client."""
