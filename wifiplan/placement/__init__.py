"""Where access points go, what that costs, and a bound on what it must cost."""
