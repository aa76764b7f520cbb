/**
 * Listeners of a radio button whose choice is what has the focus. Arrow keys move the focus; the library then clicks what was reached, a moment later.
 * That click must not count where the focus has moved on meanwhile, or two quick arrows would end one short.
 */
export function choiceByFocus(choose: () => void): { onFocus: () => void; onClick: (event: MouseEvent) => void } {
  return {
    onFocus: choose,
    onClick: (event) => {
      if (event.currentTarget === document.activeElement) choose()
    },
  }
}
