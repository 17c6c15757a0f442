/** One column of a VirtualTable. The cell is the slot `cell-<id>`; without it `text(row)` is shown. */
export interface TableColumn<Row> {
  id: string
  title: string
  /** Pixels at first; the person may pull it wider or narrower. */
  width: number
  /** Takes the room that is left. */
  grows?: boolean
  align?: 'start' | 'end'
  /** May be taken out by the person. */
  optional?: boolean
  /** Optional columns that are not there until asked for. */
  hidden?: boolean
  text?: (row: Row) => string
}

interface Kept {
  hidden: string[]
  widths: Record<string, number>
}

/** Which columns are shown and how wide, remembered on this machine under the table's name. */
export function readKept(name: string, columns: TableColumn<never>[]): Kept {
  const fallback: Kept = {
    hidden: columns.filter((column) => column.hidden).map((column) => column.id),
    widths: {},
  }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(`svyaz.table.${name}`) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return fallback
    const { hidden, widths } = kept as Partial<Kept>
    return { hidden: hidden ?? fallback.hidden, widths: widths ?? {} }
  } catch {
    return fallback
  }
}

export function keep(name: string, kept: Kept): void {
  localStorage.setItem(`svyaz.table.${name}`, JSON.stringify(kept))
}
