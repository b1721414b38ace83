"""Where samples live: SQLite, InfluxDB with a spool before it, sums of minutes and hours, and files for other programs."""
