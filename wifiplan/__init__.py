"""Plan Wi-Fi for crowded rooms: radio, airtime, placement, report."""
