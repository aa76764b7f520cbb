/** `v-held="value"`: what a field of typed text or a number shows until it is changed (`change`). While a person types, drawing the view again leaves her letters alone. */
import type { Directive } from 'vue'

export const vHeld: Directive<HTMLInputElement, string | number | null> = {
  mounted: (input, { value }) => show(input, value),
  updated(input, { value, oldValue }) {
    if (value !== oldValue || document.activeElement !== input) show(input, value)
  },
}

function show(input: HTMLInputElement, value: string | number | null): void {
  const text = value === null ? '' : String(value)
  if (input.value !== text) input.value = text
}
