/** A plot as a page of its own size, to be printed as PDF: inside of a picture an SVG runs and loads nothing. */
import { plotSize } from '#shared/plots/svg.ts'
import { html } from './markup.ts'
import { picture, reportPolicy } from './page.ts'

export function plotPage(svg: string): string {
  const { width, height } = plotSize(svg)
  const style = `@page { size: ${width}px ${height}px; margin: 0 } html, body { margin: 0 } img { display: block; width: ${width}px; height: ${height}px }`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${reportPolicy}" />
        <title>Plot</title>
        <style>
          ${{ markup: style }}
        </style>
      </head>
      <body>
        ${picture(Buffer.from(svg), 'image/svg+xml', '')}
      </body>
    </html> `.markup
}
