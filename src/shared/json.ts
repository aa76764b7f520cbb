/** JSON that others wrote. */
import type { z } from 'zod'

/** How deep lists and objects may lie in each other: nothing that Capstan reads comes near, and what checks values goes down by calling itself. */
export const deepestNesting = 200

/** Parses JSON text. @throws SyntaxError for what is not JSON, or is nested deeper than `deepestNesting` */
export function parseJson(text: string): unknown {
  requireShallow(text)
  return JSON.parse(text)
}

/**
 * What JSON text holds, checked. @throws what `refuse` makes of the reason: `it is not JSON`, or `scores.CIDEr: expected number, received string`
 */
export function jsonOf<Schema extends z.ZodType>(schema: Schema, text: string, refuse: (reason: string, cause: unknown) => Error): z.infer<Schema> {
  let json: unknown
  try {
    json = parseJson(text)
  } catch (cause) {
    throw refuse('it is not JSON', cause)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw refuse(firstIssue(parsed.error), parsed.error)
}

/** Where a value is not what it should be, and how. */
export function firstIssue({ issues: [issue] }: z.ZodError): string {
  const place = issue.path.join('.')
  return `${place === '' ? '' : `${place}: `}${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`
}

/** Goes through the text once: brackets in strings do not count. */
function requireShallow(text: string): void {
  // Text without that many brackets cannot be too deep, and most texts are short.
  if (text.length <= deepestNesting) return
  const counter = nestingCounter()
  counter.add(text)
  if (counter.deepest() > deepestNesting) throw new SyntaxError(`it is nested more than ${deepestNesting} levels deep`)
}

/** Follows how deep JSON text is nested, piece by piece. */
export function nestingCounter(): { add(piece: string): void; deepest(): number } {
  let depth = 0
  let deepest = 0
  let inString = false
  let escaped = false
  return {
    add(piece) {
      for (let index = 0; index < piece.length; index++) {
        const unit = piece.charCodeAt(index)
        if (inString) {
          if (escaped) escaped = false
          else if (unit === 0x5c) escaped = true
          else if (unit === 0x22) inString = false
        } else if (unit === 0x22) inString = true
        else if (unit === 0x5b || unit === 0x7b) {
          depth += 1
          if (depth > deepest) deepest = depth
        } else if (unit === 0x5d || unit === 0x7d) depth -= 1
      }
    },
    deepest: () => deepest,
  }
}
