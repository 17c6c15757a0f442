"""Where a number belongs: the region of a Russian area code, else the country, as a code of ISO 3166.

A code and not a name: browsers word it in their reader's language. A table of our own: the general data of all the
world's codes take seconds to load and 180 MB, while a call rings. Source: the Russian numbering plan (ABC codes).
Mobile numbers say nothing: they move with their owners.
"""

from __future__ import annotations

import phonenumbers

# ISO 3166-2 without its `RU-`, and the area codes.
_RUSSIA = {
    "BU": "301",
    "ZAB": "302",
    "UD": "341",
    "PER": "342",
    "SVE": "343",
    "TYU": "345",
    "KHM": "346",
    "BA": "347",
    "YAN": "349",
    "CHE": "351",
    "KGN": "352",
    "ORE": "353",
    "CR": "365",
    "OMS": "381",
    "TOM": "382",
    "NVS": "383",
    "KEM": "384",
    "ALT": "385",
    "AL": "388",
    "KK": "390",
    "KYA": "391",
    "TY": "394",
    "IRK": "395",
    "KGD": "401",
    "SA": "411",
    "MAG": "413",
    "KAM": "415",
    "AMU": "416",
    "KHA": "421",
    "PRI": "423",
    "SAK": "424",
    "YEV": "426",
    "CHU": "427",
    "KRS": "471",
    "BEL": "472",
    "VOR": "473",
    "LIP": "474",
    "TAM": "475",
    "SMO": "481",
    "TVE": "482",
    "BRY": "483",
    "KLU": "484",
    "YAR": "485",
    "ORL": "486",
    "TUL": "487",
    "RYA": "491",
    "VLA": "492",
    "IVA": "493",
    "KOS": "494",
    "MOW": "495 499",
    "MOS": "496 498",
    "PSK": "811",
    "SPE": "812",
    "LEN": "813",
    "KR": "814",
    "MUR": "815",
    "NGR": "816",
    "VLG": "817 820",
    "ARK": "818",
    "KO": "821",
    "NIZ": "831",
    "KIR": "833",
    "MO": "834",
    "CU": "835",
    "ME": "836",
    "PNZ": "841",
    "ULY": "842",
    "TA": "843 855",
    "VGG": "844",
    "SAR": "845",
    "SAM": "846 848",
    "KL": "847",
    "AST": "851",
    "KDA": "861 862",
    "ROS": "863",
    "STA": "865 879",
    "KB": "866",
    "SE": "867",
    "SEV": "869",
    "CE": "871",
    "DA": "872",
    "IN": "873",
    "AD": "877",
    "KC": "878",
}
_BY_CODE = {code: f"RU-{region}" for region, codes in _RUSSIA.items() for code in codes.split()}


def region_of(e164: str) -> str:
    """`+74951234567` → `RU-MOW`, `+375291234567` → `BY`.

    Empty for Russian mobile and free numbers and for what is no number.
    """
    if e164.startswith("+7") and e164[2:3] in "3489":
        return _BY_CODE.get(e164[2:5], "")
    try:
        country = phonenumbers.region_code_for_number(phonenumbers.parse(e164, None))
    except phonenumbers.NumberParseException:
        return ""
    # 001 are the networks that belong to no country.
    return "" if country in (None, "RU", "001") else country
