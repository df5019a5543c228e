import { isMasked, mask, maskAddress, reference } from './mask-address.js'
import { requireVariable } from './require-variable.js'
import { UserError } from './user-error.js'

/*
 * The address of a camera often contains its user and password, in the authority, the path or the query, and often not
 * percent-encoded. Everything that is planned, saved or printed has the masked address. The real one stays in the
 * memory of this process and is used only to open the source.
 */

/** The real addresses by their masked form. */
const realAddresses = new Map<string, string>()

/** The masked form of an address, which is remembered, so that `revealAddress` finds the real one. */
export function hideAddress(address: string): string {
  const masked = maskAddress(address)
  if (masked === address) return address
  for (let number = 1; ; number++) {
    const name = number === 1 ? masked : masked.replace(/\*{3}(?!.*\*{3})/s, `${mask}${number}`)
    const known = realAddresses.get(name)
    if (known !== undefined && known !== address) continue
    realAddresses.set(name, address)
    return name
  }
}

/**
 * The real address of a hidden one; any other text as it is.
 * @throws UserError (usage) for a masked address that another process has hidden
 */
export function revealAddress(source: string): string {
  const real = realAddresses.get(source)
  if (real !== undefined) return real
  if (!isMasked(source)) return source
  throw new UserError('the password of this address is not known', {
    where: `video source ${source}`,
    expected: 'an address with its user and password',
    received: 'an address from a saved run, in which they are masked',
    remedy:
      'Start a new run with the scenario. To be able to resume a run, write $env:NAME for user and password: their values are read from the environment and never saved.',
  })
}

/** A text with every address in it masked, for messages whose origin is not known. */
export function maskAddresses(text: string): string {
  let masked = text
  for (const [name, real] of realAddresses) masked = masked.replaceAll(real, name)
  return masked.replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>]+/gi, (found) => maskAddress(found))
}

/**
 * The address with `$env:NAME` replaced by the values of environment variables, percent-encoded. If a variable is the
 * whole text, its value is used as it is.
 * @throws UserError (environment) that names a variable that is not set
 */
export function fillReferences(address: string, environment: NodeJS.ProcessEnv = process.env): string {
  return address.replaceAll(reference, (found) => {
    const name = found.slice('$env:'.length).replaceAll(/[{}]/g, '')
    const parts = {
      where: `video source ${maskAddress(address)}`,
      expected: `a value in ${name}`,
      remedy: `Run export ${name}=… and run the command again.`,
    }
    const value = requireVariable(name, parts, environment)
    return found === address ? value : encodeURIComponent(value)
  })
}
