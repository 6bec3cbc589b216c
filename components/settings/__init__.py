"""A stack's settings: typed, complete and right, or one error that says everything that is wrong."""

from components.settings.loading import KEY, load, parse
from components.settings.model import Settings
from components.settings.problems import Problem, SettingsError

__all__ = ["KEY", "Problem", "Settings", "SettingsError", "load", "parse"]
