"""CEL and CDR to PostgreSQL as well: tables, and the files of the two back-ends."""

from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from exchange_lab.config.files import write_conf
from exchange_lab.errors import BadFirm

CEL_TABLE = "exchange_cel"
CDR_TABLE = "exchange_cdr"

TABLES = f"""
create table if not exists {CEL_TABLE} (
  id bigserial primary key, eventtype text, eventtime timestamptz, cid_name text, cid_num text, cid_ani text,
  cid_rdnis text, cid_dnid text, context text, exten text, channame text, appname text, appdata text, accountcode text,
  uniqueid text, linkedid text, userfield text, peer text, userdeftype text, extra text);
create index if not exists {CEL_TABLE}_linkedid on {CEL_TABLE} (linkedid);
create table if not exists {CDR_TABLE} (
  id bigserial primary key, clid text, src text, dst text, dcontext text, channel text, dstchannel text, lastapp text,
  lastdata text, start timestamptz, answer timestamptz, "end" timestamptz, duration double precision,
  billsec double precision, disposition text, accountcode text, uniqueid text, linkedid text, userfield text,
  sequence bigint);
create index if not exists {CDR_TABLE}_linkedid on {CDR_TABLE} (linkedid);
"""


def write_postgres(etc: Path, address: str) -> list[str]:
    """Makes the tables, writes the files, returns the modules to load.  Raises ``BadFirm`` if the database says no."""
    try:
        with psycopg.connect(address, connect_timeout=5, autocommit=True) as connection:
            connection.execute(TABLES)
            given = conninfo_to_dict(connection.info.dsn)
            password = connection.info.password
    except psycopg.Error as error:
        raise BadFirm(f"postgres: {error}") from error
    where = [
        ("hostname", given.get("host") or "localhost"),
        ("port", given.get("port") or 5432),
        ("dbname", given.get("dbname") or ""),
        ("user", given.get("user") or ""),
        ("password", password),
        ("appname", "asterisk"),
        ("encoding", "UTF8"),
    ]
    # In UTC, so that the zone of the machine does not matter.
    write_conf(etc / "cel_pgsql.conf", [("global", [*where, ("table", CEL_TABLE), ("usegmtime", True)])])
    write_conf(etc / "cdr_pgsql.conf", [("global", [*where, ("table", CDR_TABLE), ("usegmtime", True)])])
    return ["cel_pgsql", "cdr_pgsql"]
