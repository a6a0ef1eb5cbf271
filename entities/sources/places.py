"""Country names as sanctions lists write them, brought to ISO 3166 codes."""

from __future__ import annotations

from exportctl.countries import COUNTRIES

from .record import plain

_SPELLINGS = """\
BA Bosnia-Herzegovina
BN Brunei Darussalam
BO Bolivia (Plurinational State of)
BS Bahamas, The
CD Congo, Democratic Republic of the
CD Democratic Republic of the Congo
CG Congo, Republic of the
CG Republic of the Congo
CI Cote d Ivoire
CI Côte d'Ivoire
CI Ivory Coast
CN People's Republic of China
CV Cape Verde
CZ Czech Republic
GB Great Britain
GB United Kingdom of Great Britain and Northern Ireland
GM Gambia, The
GM The Gambia
HK China, Hong Kong Special Administrative Region
HK Hong Kong, China
HK Hong Kong Special Administrative Region
IM Man, Isle of
IR Iran (Islamic Republic of)
KM Union of the Comoros
KP Democratic People's Republic of Korea
KP Korea, North
KP RPDC
KR Korea, South
KR Republic of Korea
KR South Korea
LA Lao People's Democratic Republic
LY Libyan Arab Jamahiriya
MD Republic of Moldova
MK North Macedonia, The Republic of
MK Macedonia, The Former Yugoslav Republic of
ML Region: Northern Mali
MM Burma
MM Myanmar
MO Macao
MO Macau
NL The Netherlands
OM Sultanate of Oman
PS Gaza
PS Palestine
PS State of Palestine
PS Palestinian
PS Palestinian Territories
PS Region: Gaza
PS Region: West Bank
PS West Bank
RU Region: Russia
RU Russian Federation
SY Syrian Arab Republic
SZ Swaziland
TL East Timor
TR Turkey
TR Türkiye
TZ United Republic of Tanzania
US United States of America
VE Venezuela (Bolivarian Republic of)
VG Virgin Islands, British
VI Virgin Islands, U.S.
VN Viet Nam
"""
_CODES = {plain(name): code for code, name in COUNTRIES.items()} | {
    plain(line[3:]): line[:2] for line in _SPELLINGS.splitlines()
}


def iso(name: str) -> str:
    """The ISO 3166 code of a country's name, "" where the name is no country ("undetermined", a region)."""
    return _CODES.get(plain(name), "")


def codes(country: str, *parts: str) -> tuple[str, ...]:
    """The codes an address stands for: its country's, and HK beside CN where a part of it says Hong Kong."""
    code = iso(country)
    hong_kong = code == "CN" and any("hong kong" in part.casefold() for part in parts)
    return (*((code,) if code else ()), *(("HK",) if hong_kong else ()))
