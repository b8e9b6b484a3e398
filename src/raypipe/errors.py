"""Every error that raypipe raises on purpose.

::

    RaypipeError                     exit code 1
    |-- InputError                   exit code 2: the caller can mend it
    |   |-- StoryError               a story or a plan
    |   |-- SettingsError            a flag, a variable, a settings file
    |   `-- MediaError               a picture or a sound file the user gave
    |-- EngineError                  an image or speech engine
    |   |-- EngineUnavailableError   weights, package or device are not there
    |   |-- VoiceError               it has no such voice or language; an InputError as well
    |   |-- GenerationError          one request failed; may be retried
    |   |-- DeviceLostError          its GPU failed; may be retried in another process
    |   `-- RejectedError            what it made is not fit to be used, again and again
    |-- RenderError                  compositing, encoding or joining
    |   `-- EncoderError             this encoder failed; another may do the same work
    |-- QualityError                 the finished file failed a check
    |-- StorageError                 disk or object store
    |   `-- DiskFullError            no space left where it was needed
    |-- ClusterError                 Ray: not there, lost, timed out
    |   |-- WorkerLostError          an actor or a node died; may be retried
    |   `-- DeadlineError            a request was not done in the time that it was given
    `-- CancelledError               somebody asked to stop

A message says what was expected, what arrived, and what to do. ``retryable`` says whether the
same call may succeed if it is made again. All survive pickling, for they cross processes.
"""

from __future__ import annotations

from typing import Any, ClassVar


class RaypipeError(Exception):
    """Base of all errors of this project.

    Args:
        problem: what was expected and what arrived, one sentence without a final full stop.
        remedy: what the reader can do about it, as an imperative; empty if nothing is known.
        where: the field, file, scene or stage, such as ``metadata.target_duration``.
    """

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, remedy: str = "", where: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        self.where = where
        head = f"{where}: {problem}" if where else problem
        super().__init__(f"{head}; {remedy}" if remedy else head)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.problem, self.remedy, self.where))


def _rebuild(kind: type[RaypipeError], problem: str, remedy: str, where: str) -> RaypipeError:
    return kind(problem, remedy=remedy, where=where)


class InputError(RaypipeError):
    """The caller gave something that cannot be used."""

    exit_code = 2


class StoryError(InputError):
    """A story or plan is not valid."""


class SettingsError(InputError):
    """A flag, an environment variable or a settings file is not valid."""


class MediaError(InputError):
    """A picture or sound file given by the user cannot be used."""


class EngineError(RaypipeError):
    """An image or speech engine failed."""


class EngineUnavailableError(EngineError):
    """The engine cannot run here: weights, package or device are missing."""


class VoiceError(EngineError, InputError):
    """A speech engine has no such voice, or does not speak the language; says what it has."""


class GenerationError(EngineError):
    """One generation request failed."""

    retryable = True


class DeviceLostError(EngineError):
    """The GPU of an engine failed: only another process can compute anything more."""

    retryable = True


class RejectedError(EngineError):
    """What an engine made, also with other seeds, was refused by a check; again would be no better.

    A flagged picture, or speech that does not say its text.
    """


class RenderError(RaypipeError):
    """Compositing, encoding or joining failed."""


class EncoderError(RenderError):
    """An encoder cannot be opened here, failed, or gave what does not fit the rest of a video."""


class QualityError(RaypipeError):
    """The finished file failed a validation checkpoint."""


class StorageError(RaypipeError):
    """A disk or an object store could not be read or written."""


class DiskFullError(StorageError):
    """There is no space left on the device."""


class ClusterError(RaypipeError):
    """Ray could not be reached, or was lost."""


class WorkerLostError(ClusterError):
    """An actor or its node died while it worked for us."""

    retryable = True


class DeadlineError(ClusterError):
    """A request was not done within its time; asking again would only be later."""


class CancelledError(RaypipeError):
    """Somebody asked for this work to stop."""
