/** What a person chose for sound, kept in the browser: devices differ from machine to machine. */
import { reactive, watch } from 'vue'

const KEY = 'svyaz.audio'

export interface AudioSettings {
  /** deviceId; empty: the system's default device. */
  microphone: string
  ear: string
  ring: string
  /** 0…1 */
  ringVolume: number
  noiseSuppression: boolean
  echoCancellation: boolean
  autoGainControl: boolean
}

const DEFAULTS: AudioSettings = {
  microphone: '',
  ear: '',
  ring: '',
  ringVolume: 0.7,
  noiseSuppression: true,
  echoCancellation: true,
  autoGainControl: true,
}

function read(): AudioSettings {
  const settings = { ...DEFAULTS }
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    for (const [name, value] of Object.entries(kept ?? {})) {
      // Only what we know, only of the type we know: a person or an older version may have written anything.
      if (name in DEFAULTS && typeof value === typeof DEFAULTS[name as keyof AudioSettings]) {
        Object.assign(settings, { [name]: value })
      }
    }
  } catch (problem) {
    if (!(problem instanceof SyntaxError)) throw problem
  }
  return settings
}

let settings: AudioSettings | null = null

/** The window's one reactive copy; every change is kept at once. */
export function useAudioSettings(): AudioSettings {
  if (settings === null) {
    settings = reactive(read())
    watch(settings, (changed) => localStorage.setItem(KEY, JSON.stringify(changed)))
  }
  return settings
}

export function microphoneConstraints(chosen: AudioSettings): MediaTrackConstraints {
  return {
    // `ideal`, not `exact`: a headset left at home must not make the telephone dumb.
    ...(chosen.microphone === '' ? {} : { deviceId: { ideal: chosen.microphone } }),
    noiseSuppression: chosen.noiseSuppression,
    echoCancellation: chosen.echoCancellation,
    autoGainControl: chosen.autoGainControl,
  }
}
