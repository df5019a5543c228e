import { resolve } from 'node:path'

/** `reports/batch-sweep-2026-11-24T06-25-00Z`: folders sort by time. Special characters of the name are replaced. */
export function newFolderUnderReports(name: string, now: Date): string {
  const safeName = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '') || 'run'
  const stamp = now.toISOString().replace(/\.\d+/, '').replaceAll(':', '-')
  return resolve('reports', `${safeName}-${stamp}`)
}
