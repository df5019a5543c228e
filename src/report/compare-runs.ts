import { analyseRun } from './write-run-outputs.js'
import { comparisonHtml } from './html/comparison-html.js'

/** The page that shows two saved runs side by side. Throws UserError where a folder is not a run. */
export async function compareRuns(folderA: string, folderB: string): Promise<string> {
  const a = await analyseRun(folderA)
  const b = await analyseRun(folderB)
  return comparisonHtml(a, b)
}
