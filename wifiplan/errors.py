"""What can go wrong in planning.

RadioError            base: it cannot be computed; the message names the thing, the place and the way out
├── DesignError       a design, scenario or cell file is wrong (bad input: exit 2)
├── OutOfRangeError   a model used outside the range its source gives (bad input: exit 2)
├── SurveyError       a survey file that cannot be taken as it is (bad input: exit 2)
├── ReportError       a report that cannot be written there or like that (bad input: exit 2)
└── PlacementError    no placement meets what was asked (could not be done: exit 1)
"""


class RadioError(Exception):
    """Planning cannot go on."""

    exit_code = 2


class DesignError(RadioError):
    """A file that says something impossible."""


class OutOfRangeError(RadioError):
    """A model asked outside its published range."""


class SurveyError(RadioError):
    """A survey that says something impossible, or too little."""


class ReportError(RadioError):
    """No report of that kind, or not there."""


class StoppedError(RadioError):
    """The time that was given is over, and there is nothing to show for it."""

    exit_code = 1


class PlacementError(RadioError):
    """Nothing meets the requirement."""

    exit_code = 1
