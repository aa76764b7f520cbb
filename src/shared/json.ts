/** JSON that others wrote. */

/** How deep lists and objects may lie in each other: nothing that Capstan reads comes near, and what checks values goes down by calling itself. */
export const deepestNesting = 200

/** Parses JSON text. @throws SyntaxError for what is not JSON, or is nested deeper than `deepestNesting` */
export function parseJson(text: string): unknown {
  requireShallow(text)
  return JSON.parse(text)
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
