/**
 * A burst of typing: letters that follow words in a text field so quickly that they belong to them, wherever the focus went meanwhile.
 * Saving with Ctrl+Enter is part of it. Leaving the field by Esc, another command or the pointer ends it: who does that has stopped writing.
 */
export interface BurstOfTyping {
  /** Takes note of a stroke; true where it came within a burst. `typing`: a text field had the focus. `time` in milliseconds. */
  press(stroke: BurstStroke, typing: boolean, time: number): boolean
  end(): void
}

export interface BurstStroke {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  /** AltGr writes signs on many layouts, though it reads as Ctrl+Alt. */
  altGraph: boolean
}

const pause = 600 // milliseconds that end a burst

export function createBurst(): BurstOfTyping {
  let lastTyped = Number.NEGATIVE_INFINITY
  const end = (): void => {
    lastTyped = Number.NEGATIVE_INFINITY
  }
  return {
    end,
    press(stroke, typing, time) {
      const within = time - lastTyped < pause
      if (endsWriting(stroke)) end()
      else if ((stroke.key.length === 1 || stroke.key === 'Enter') && (typing || within)) lastTyped = time
      return within
    },
  }
}

function endsWriting({ key, ctrlKey, metaKey, altKey, altGraph }: BurstStroke): boolean {
  if (key === 'Escape') return true
  const command = (ctrlKey || metaKey || altKey) && !altGraph
  return command && !['Enter', 'Control', 'Meta', 'Alt'].includes(key)
}
