"""Language codes as options: ISO 639-1, in lower case."""

from typing import Annotated

from pydantic import AfterValidator

EXPECTED = ["nl", "en", "de", "fr"]  # what is told apart unless a configuration says otherwise
AUTO = "auto"


def known_code(code: str) -> str:
    """The code in lower case; raises ValueError for one that is not of ISO 639-1."""
    from lingua import IsoCode639_1

    if not hasattr(IsoCode639_1, code.upper()):
        raise ValueError(f"no language has the code {code!r}; use ISO 639-1 codes such as nl")
    return code.lower()


def three_letters(code: str) -> str:
    """The ISO 639-3 code of an ISO 639-1 code: ``fra`` of ``fr``."""
    from lingua import IsoCode639_1, Language

    language = Language.from_iso_code_639_1(getattr(IsoCode639_1, code.upper()))
    return str(language.iso_code_639_3.name).lower()


def _known_or_auto(code: str) -> str:
    return code if code == AUTO else known_code(code)


LanguageCode = Annotated[str, AfterValidator(known_code)]
LanguageOrAuto = Annotated[str, AfterValidator(_known_or_auto)]
