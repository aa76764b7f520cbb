/** A name that no list has yet: the one wanted, or that with a number. */
export function freeName(wanted: string, taken: readonly { name: string }[]): string {
  const names = new Set(taken.map(({ name }) => name.toLowerCase()))
  for (let turn = 1; ; turn++) {
    const name = turn === 1 ? wanted.slice(0, 95) : `${wanted.slice(0, 90)} (${turn})`
    if (!names.has(name.toLowerCase())) return name
  }
}
