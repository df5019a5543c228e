import type { UrlApi } from './url-api.js'

/** Any other HTTP server: it is asked nothing that the settings do not name. */
export const customApi: UrlApi = {
  identify: async () => ({ label: 'HTTP server', isSimulated: false, notes: [] }),
  checkModel: async () => {},
}
