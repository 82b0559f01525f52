"""Kinds of device, one TOML file each, and the class that reads them."""
