"""The sources of lists the product knows: how each is read, what it may hold and how its gate stands."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from .gate import Gate
from .models import ListSource, WhenStale
from .sources import agency, csl, dpl, ecfr, ofac, ofac_delimited, ofac_entry, state, un
from .sources.files import MAX_BYTES, is_xml, opened
from .sources.record import BadSource, ListedRecord, Spare


class Reader(Protocol):
    """The records of a file; single bad rows and new columns go to `spare`."""

    def __call__(self, file: BinaryIO, /, *, spare: Spare | None = None) -> Iterator[ListedRecord]: ...


@dataclass(frozen=True, slots=True)
class Format:
    """How files of a source are read and judged; `parser` is stored with the version.

    `lists`: the lists a file of the source may hold; another one stops the import.
    """

    parser: str
    read: Reader
    lists: frozenset[str]
    gate: Gate = Gate()


_OFAC_OTHERS = frozenset({"SSI", "CMIC", "MBS", "PLC", "CAP", "FSE", "E13599", "ISA"})


def _ofac(which: ofac_entry.Which) -> Reader:
    """A reader of the XML file, or of an archive of the four delimited files."""

    def read(file: BinaryIO, /, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
        if zipfile.is_zipfile(file):
            with tempfile.TemporaryDirectory(prefix="exportctl-") as folder:
                _unpack(file, Path(folder))
                yield from ofac.read(Path(folder), which=which, spare=spare)
        else:
            file.seek(0)
            yield from ofac.read(file, which=which, spare=spare)

    return read


def _bis(file: BinaryIO, /, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """The eCFR XML file, whole or of one supplement, or the tables of the office that builds the CSL."""
    with opened(file) as stream:
        xml = is_xml(stream)
    file.seek(0)
    yield from ecfr.read(file, needed=(), spare=spare) if xml else agency.read(file, spare=spare)


def _unpack(file: BinaryIO, folder: Path) -> None:
    """The files of an archive, flat; an archive that is damaged or unpacks to too much is refused."""
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(one.file_size for one in archive.infolist()) > MAX_BYTES:
                raise BadSource(0, "", f"the archive unpacks to more than {MAX_BYTES >> 20} MB.")
            archive.extractall(folder)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError) as error:
        raise BadSource(0, "", f"the archive is damaged ({error}).") from error


@contextmanager
def packed(path: Path, source: str) -> Iterator[Path]:
    """The one file to keep of a source: `path` itself, or the four delimited files of OFAC as one archive.

    Equal files give equal bytes, whatever their days. Raises BadSource where one of the four is missing.
    """
    which = OFAC.get(source)
    parts = ofac.files(path, which=which) if which and (path.is_dir() or _delimited(path)) else ()
    if len(parts) < 2:
        yield path
        return
    names = ofac.NAMES[which or "sdn"]
    with tempfile.TemporaryDirectory(prefix="exportctl-") as folder:
        archive = Path(folder) / "files.zip"
        with zipfile.ZipFile(archive, "w") as target:
            for part, one in zip(ofac_delimited.PARTS, parts, strict=True):
                with opened(one) as stream:
                    text = stream.read()
                target.writestr(zipfile.ZipInfo(f"{names[part]}.csv"), text, zipfile.ZIP_DEFLATED, 1)
        yield archive


def _delimited(path: Path) -> bool:
    return bool(ofac.DELIMITED.fullmatch(path.name))


OFAC: dict[str, ofac_entry.Which] = {"ofac_sdn": "sdn", "ofac_cons": "cons"}
FORMATS: dict[str, Format] = {
    "csl": Format("csl 1", csl.read, frozenset(csl.SOURCES.values())),
    "ofac_sdn": Format("ofac 1", _ofac("sdn"), frozenset({"SDN"})),
    "ofac_cons": Format("ofac 1", _ofac("cons"), _OFAC_OTHERS),
    "dpl": Format("dpl 1", dpl.read, frozenset({"DPL"})),
    "bis": Format("ecfr 1", _bis, frozenset({"EL", "UVL", "MEU"})),
    "un": Format("un 1", un.read, frozenset({"UN"})),
    "dtc": Format("state 1", state.read_dtc, frozenset({"DTC"})),
    "isn": Format("state 1", state.read_isn, frozenset({"ISN"})),
}

# code, name, authority, largest age in days; official lists block decisions once syncing is configured
SOURCES = (
    ("csl", "Consolidated Screening List", "International Trade Administration, trade.gov", 4),
    ("ofac_sdn", "OFAC Specially Designated Nationals", "Office of Foreign Assets Control, Treasury", 4),
    ("ofac_cons", "OFAC consolidated non-SDN lists", "Office of Foreign Assets Control, Treasury", 4),
    ("dpl", "BIS Denied Persons List", "Bureau of Industry and Security, Commerce", 7),
    ("bis", "BIS Entity, Unverified and Military End User Lists", "eCFR, 15 CFR part 744", 7),
    ("un", "UN Security Council Consolidated List", "United Nations Security Council", 7),
    ("dtc", "ITAR statutorily debarred parties", "Directorate of Defense Trade Controls, State", 30),
    ("isn", "Nonproliferation sanctions", "Bureau of International Security, State", 30),
    ("seed", "Listings delivered with the product", "BIS and OFAC notices, as cited", 400),
    ("house", "House list", "", 90),
)


def ensure_sources() -> None:
    """The sources the product knows, created once; set-up, not a change of state. Safe twice."""
    ListSource.objects.bulk_create(
        [
            ListSource(code=code, name=name, authority=authority, max_age_days=max_age)
            for code, name, authority, max_age in SOURCES
        ],
        ignore_conflicts=True,
    )
    if settings.LIST_SYNC:
        synced = {"csl", *settings.LIST_MIRRORS}
        ListSource.objects.filter(code__in=synced & set(FORMATS)).update(when_stale=WhenStale.BLOCK)
