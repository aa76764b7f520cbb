/** Drops files of the machine on the window. */
import type { Page } from 'playwright-core'

/** A drop carries files of the machine, which only a real file input can name. */
export async function dropFiles(window: Page, paths: readonly string[]): Promise<void> {
  await window.evaluate(`document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'dropped', multiple: true }))`)
  await window.locator('#dropped').setInputFiles([...paths])
  await window.evaluate(`{
    const input = document.getElementById('dropped')
    const transfer = new DataTransfer()
    for (const file of input.files) transfer.items.add(file)
    input.remove()
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }`)
}
