import { FrontendError } from './frontend-answer.js'
import type { LiveModel } from './live-model.js'

interface RegisteredModel {
  defaultVersion: string
  versions: Map<string, LiveModel>
}

/** The registered models and their versions, with the errors of TorchServe's ModelManager. */
export class ModelStore {
  private readonly models = new Map<string, RegisteredModel>()

  add(model: LiveModel): void {
    const { name, version } = model.settings
    const registered = this.models.get(name)
    if (registered === undefined) {
      this.models.set(name, { defaultVersion: version, versions: new Map([[version, model]]) })
      return
    }
    if (registered.versions.has(version)) {
      const text = `Model version ${version} is already registered for model ${name}`
      throw new FrontendError(409, 'ConflictStatusException', text)
    }
    registered.versions.set(version, model)
  }

  /** Returns the given version, or the default one. */
  find(name: string, version?: string): LiveModel {
    const registered = this.registered(name)
    const model = registered.versions.get(version ?? registered.defaultVersion)
    if (model === undefined) throw versionNotFound(name, version)
    return model
  }

  versionsOf(name: string): LiveModel[] {
    return [...this.registered(name).versions.values()]
  }

  remove(name: string, version?: string): LiveModel {
    const model = this.find(name, version)
    const { defaultVersion, versions } = this.registered(name)
    if (model.settings.version === defaultVersion && versions.size > 1) {
      const text = `Cannot remove default version for model ${name}`
      throw new FrontendError(403, 'InvalidModelVersionException', text)
    }
    versions.delete(model.settings.version)
    if (versions.size === 0) this.models.delete(name)
    return model
  }

  /** The default version of each model, in the order of the names, as TorchServe lists them. */
  defaults(): LiveModel[] {
    // oxlint-disable-next-line require-array-sort-compare -- by code units, as Java sorts strings
    return [...this.models.keys()].toSorted().map((name) => this.find(name))
  }

  all(): LiveModel[] {
    return [...this.models.values()].flatMap(({ versions }) => [...versions.values()])
  }

  private registered(name: string): RegisteredModel {
    const registered = this.models.get(name)
    if (registered === undefined)
      throw new FrontendError(404, 'ModelNotFoundException', `Model not found: ${name}`)
    return registered
  }
}

function versionNotFound(name: string, version: string | undefined): FrontendError {
  const text = `Model version: ${version} does not exist for model: ${name}`
  return new FrontendError(404, 'ModelVersionNotFoundException', text)
}
