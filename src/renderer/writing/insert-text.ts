/** Writes into the focused text field the way typing would: the field's own undo takes it back, which setting its value would not allow. */
export function insertText(text: string): void {
  // Deprecated without a successor: no other call joins the undo history of a text field.
  const write: (command: string, ui: boolean, value: string) => boolean = Reflect.get(document, 'execCommand')
  write.call(document, 'insertText', false, text)
}
