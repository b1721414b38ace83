"""The command line of planning, one file a group of commands."""
