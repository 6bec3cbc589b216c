"""A stack's settings: typed, complete and right, or one error that says everything that is wrong."""

from components.settings.loading import CLIENT_SECRET, KEY, load, parse
from components.settings.model import Settings
from components.settings.problems import Problem, SettingsError

__all__ = ["CLIENT_SECRET", "KEY", "Problem", "Settings", "SettingsError", "load", "parse"]
