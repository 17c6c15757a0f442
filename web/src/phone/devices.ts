/** Microphones, ears and ringers of this machine, and what to do when one of them vanishes. */
import { computed, reactive, type ComputedRef } from 'vue'
import { microphoneConstraints, useAudioSettings, type AudioSettings } from './audioSettings'
import { PhoneError } from './types'

export type DeviceUse = 'microphone' | 'ear' | 'ring'

export interface AudioDevice {
  id: string
  label: string
}

const KIND: Record<DeviceUse, MediaDeviceKind> = {
  microphone: 'audioinput',
  ear: 'audiooutput',
  ring: 'audiooutput',
}

const ALL: readonly DeviceUse[] = ['microphone', 'ear', 'ring']

export class AudioDevices {
  readonly settings: AudioSettings = useAudioSettings()
  readonly lists = reactive<Record<DeviceUse, AudioDevice[]>>({ microphone: [], ear: [], ring: [] })
  /** Last known name of a chosen device that is not there now: the default one stands in for it. */
  readonly missing = reactive<Record<DeviceUse, string | null>>({
    microphone: null,
    ear: null,
    ring: null,
  })
  /** Browsers without setSinkId (Firefox before 116, Safari) let nobody choose an output. */
  readonly canChooseOutput = 'setSinkId' in HTMLMediaElement.prototype
  readonly microphoneThere: ComputedRef<boolean> = computed(() => this.lists.microphone.length > 0)

  private readonly names = new Map<string, string>()
  private readonly listeners = new Set<() => void>()

  constructor() {
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.refresh())
  }

  /** Called after every change of the machine's devices, when `lists` and `missing` are up to date. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async refresh(): Promise<void> {
    if (!navigator.mediaDevices) return
    const found = await navigator.mediaDevices.enumerateDevices()
    for (const use of ALL) {
      this.lists[use] = found
        // Chromium lists its aliases «default» and «communications» beside the devices they stand for.
        .filter(({ kind, deviceId }) => kind === KIND[use] && deviceId !== '' && !isAlias(deviceId))
        .map(({ deviceId, label }) => ({ id: deviceId, label }))
      for (const { id, label } of this.lists[use]) this.names.set(id, label)
      const chosen = this.settings[use]
      if (chosen === '' || this.lists[use].some(({ id }) => id === chosen)) this.missing[use] = null
      else if (this.lists[use].length > 0) this.missing[use] = this.names.get(chosen) ?? ''
    }
    this.listeners.forEach((listener) => listener())
  }

  /** The output to use now: the chosen one while it is there, else the system's default (''). */
  output(use: 'ear' | 'ring'): string {
    return this.missing[use] !== null ? '' : this.settings[use]
  }

  /** Opens the chosen microphone. Rejects with `PhoneError` that says what is wrong. */
  async openMicrophone(): Promise<MediaStream> {
    if (!navigator.mediaDevices) throw new PhoneError('insecure')
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: microphoneConstraints(this.settings) })
    } catch (problem) {
      throw new PhoneError(microphoneTrouble(problem))
    }
  }

  /** Asks for the microphone once, within the person's click, so that later calls are answered without a question. */
  async askPermission(): Promise<void> {
    closeStream(await this.openMicrophone())
    await this.refresh()
  }
}

export function closeStream(stream: MediaStream): void {
  stream.getTracks().forEach((track) => track.stop())
}

/** Sends an element's sound to a device; falls back to the default one when the device does not take it. */
export async function route(element: HTMLMediaElement, device: string): Promise<void> {
  if (!('setSinkId' in element) || element.sinkId === device) return
  try {
    await element.setSinkId(device)
  } catch (problem) {
    if (!(problem instanceof DOMException)) throw problem
    if (device !== '') await element.setSinkId('')
  }
}

function isAlias(deviceId: string): boolean {
  return deviceId === 'default' || deviceId === 'communications'
}

function microphoneTrouble(problem: unknown) {
  switch (problem instanceof DOMException ? problem.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'microphone_denied' as const
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'microphone_missing' as const
    default:
      return 'microphone_busy' as const
  }
}

let devices: AudioDevices | null = null

/** The window's one list of devices. */
export function useAudioDevices(): AudioDevices {
  devices ??= new AudioDevices()
  return devices
}
