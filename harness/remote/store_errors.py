"""What fails at a store, as one kind of error with what to do next: each of fsspec's packages has its own."""

from __future__ import annotations

import errno

from harness.errors import HarnessError
from harness.remote.address import protocol_of

_PACKAGES = {"gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs"}
_NO_CONDITIONS = ("NotImplemented", "UnsupportedHeader")
_OTHER_REGION = ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint")
_DENIED = (401, 403)
_IMPOSSIBLE = ("ParamValidationError", "Invalid endpoint")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_KEYS = (
    *("NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError", "TokenRetrievalError"),
    "Must provide either a connection_string",
)
_KEYS = {
    ("s3", "s3a"): "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile",
    ("gs", "gcs"): "`gcloud auth application-default login`, or GOOGLE_APPLICATION_CREDENTIALS",
    (
        "abfs",
        "abfss",
        "az",
    ): "AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


NO_BUCKET = ("NoSuchBucket", "bucket does not exist", "ContainerNotFound")
"""Words in the errors of a store that has no such bucket, or container."""

THERE_IS_ONE = ("PreconditionFailed", "ConditionNotMet")
"""The same where an object was to be made only if there is none."""

BEYOND_ITS_END = ("InvalidRange", "Content-Range")
"""The same where no byte of an object is in the range that is asked for, as of one that is empty."""


class StoreError(HarnessError):
    """A store cannot be used.

    Args:
        message: for the user.
        may_pass: whether the same may succeed later: the store did not answer.
    """

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.may_pass = may_pass


def explained(address: str, error: Exception) -> StoreError:
    """What failed at a store, in one sentence.

    Args:
        address: of the folder in it.
        error: of the package that speaks to it.
    """
    protocol, why = protocol_of(address), f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    problem = _of_package(protocol, error) or _of_rights(protocol, error, why) or _of_request(error, why)
    if problem is not None:
        return StoreError(f"{address}: {problem}")
    return StoreError(
        f"{address}: the store does not answer as it should ({why}). Check that it can be reached (of s3 "
        "that is not Amazon's, AWS_ENDPOINT_URL) and repeat the command.",
        may_pass=True,
    )


def _of_package(protocol: str, error: Exception) -> str | None:
    if isinstance(error, ImportError):
        package = _PACKAGES.get(protocol, f"the package of fsspec for {protocol}")
        needed = "'emotion-harness[cloud]'" if protocol.startswith("s3") else package
        return f"{protocol}:// needs a package: pip install {needed} ({error})."
    if isinstance(error, ValueError) and "rotocol not known" in str(error):
        return "no such protocol. Known are s3, gs, abfs, file and others of fsspec."
    return None


def _of_rights(protocol: str, error: Exception, why: str) -> str | None:
    if means(error, NO_BUCKET):
        return "there is no such bucket. Make it first, or check the name."
    if means(error, _OTHER_REGION):
        return f"the bucket is in another region ({why}). Set AWS_DEFAULT_REGION."
    if isinstance(error, PermissionError) or status_of(error) in _DENIED:
        return f"the store denies this ({why}). Check the keys and what they may do."
    if means(error, _NO_KEYS):
        keys = next((keys for of, keys in _KEYS.items() if protocol in of), "see fsspec's package")
        return f"no keys for the store are set ({why}). Expected: {keys}."
    return None


def _of_request(error: Exception, why: str) -> str | None:
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return f"no space left here ({error}). Make room and repeat the command."
    if means(error, _NO_CONDITIONS):
        return f"the store cannot do what is asked of it ({why})."
    if means(error, _IMPOSSIBLE):
        return f"the store cannot be asked for this ({why}). Check the address."
    if isinstance(error, FileNotFoundError):
        return f"not found, neither an object nor perhaps the bucket ({why})."
    return None


def means(error: BaseException, words: tuple[str, ...]) -> bool:
    """Whether an error, or one that it came of, names one of some things."""
    seen: BaseException | None = error
    while seen is not None:
        if any(word in f"{type(seen).__name__} {seen}" for word in words):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def status_of(error: Exception) -> int | None:
    """The status of an HTTP answer that an error states, as those of Google's and Azure's packages do."""
    stated = getattr(error, "status_code", None) or getattr(error, "code", None)
    return int(stated) if isinstance(stated, int) or (isinstance(stated, str) and stated.isdigit()) else None
