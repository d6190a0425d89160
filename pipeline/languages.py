"""Language codes as options: ISO 639-1, in lower case."""

from typing import Annotated

from pydantic import AfterValidator


def _known(code: str) -> str:
    from lingua import IsoCode639_1

    if not hasattr(IsoCode639_1, code.upper()):
        raise ValueError(f"no language has the code {code!r}; use ISO 639-1 codes such as nl")
    return code.lower()


LanguageCode = Annotated[str, AfterValidator(_known)]
