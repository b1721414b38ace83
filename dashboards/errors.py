"""What can go wrong in showing.

DashboardError      base: one line that names what, where and the way out (bad input: exit 2)
├── AccessError     somebody may not do it, or who may is said wrongly (bad input: exit 2)
├── GrafanaError    Grafana cannot be reached, or refuses (could not be done: exit 1)
└── NotToldError    somebody could not be told (could not be done: exit 1)
"""


class DashboardError(Exception):
    """It cannot be shown as asked."""

    exit_code = 2


class AccessError(DashboardError):
    """Somebody may not do this, or it is not said rightly who may."""


class GrafanaError(DashboardError):
    """Grafana did not take what was pushed."""

    exit_code = 1


class NotToldError(DashboardError):
    """Somebody could not be told."""

    exit_code = 1
