import { expect, test } from 'vitest'
import { errorDetails } from '../../../src/renderer/error-details.ts'

test('the copied details say what happened, its stack, what runs and where the log is', () => {
  const report = { code: 'internal' as const, happened: 'It broke.', kept: '', todo: 'Please report this.', details: 'Error: It broke.\n    at somewhere' }
  const info = { version: '1.2.3', electron: '45.4.1', node: '24.0.0', platform: 'linux x64', logFile: '/home/ada/.config/Capstan/logs/capstan.log' }
  expect(errorDetails(report, info).split('\n')).toEqual([
    'internal: It broke. Please report this.',
    'Error: It broke.',
    '    at somewhere',
    'Capstan 1.2.3, Electron 45.4.1, Node 24.0.0, linux x64',
    'Log: /home/ada/.config/Capstan/logs/capstan.log',
  ])
  expect(errorDetails({ happened: 'It broke.', kept: 'All is kept.', todo: '' }, null)).toBe('It broke. All is kept.')
})
