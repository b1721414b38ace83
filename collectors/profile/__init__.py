"""Vendor profiles: what a device's answers mean, from YAML files to samples."""
