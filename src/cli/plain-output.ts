/** What a command prints is plain text: characters that a terminal obeys, which names of files and models may hold, are shown as a sign. */

/** Control characters but tab and line ends, and those that turn the direction of text. */
const obeyed = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)/g

export function plain(text: string): string {
  return text.replaceAll(obeyed, '\ufffd')
}

/** From here on everything printed is plain. */
export function printPlainly(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean
    drawing.set(stream, write)
    stream.write = (chunk: unknown, ...rest: unknown[]) => write(typeof chunk === 'string' ? plain(chunk) : chunk, ...rest)
  }
}

const drawing = new Map<NodeJS.WriteStream, (chunk: unknown, ...rest: unknown[]) => boolean>()

/** The same stream for a progress bar, whose signs move the cursor. */
export function drawnOn(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = drawing.get(stream)
  return write === undefined ? stream : (Object.create(stream, { write: { value: write } }) as NodeJS.WriteStream)
}
