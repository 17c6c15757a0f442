/** Loudness of a microphone, for the bar beside its name. */
import { onScopeDispose, ref, type Ref } from 'vue'
import { closeStream, type AudioDevices } from './devices'

export interface LevelMeter {
  /** 0…1, smoothed for the eye. */
  level: Ref<number>
  start(): Promise<void>
  stop(): void
}

/** Opens the chosen microphone only while the meter is looked at. Rejects like `openMicrophone`. */
export function useLevelMeter(devices: AudioDevices): LevelMeter {
  const level = ref(0)
  let stream: MediaStream | null = null
  let context: AudioContext | null = null
  let frame = 0

  async function start(): Promise<void> {
    stop()
    stream = await devices.openMicrophone()
    context = new AudioContext()
    const analyser = new AnalyserNode(context, { fftSize: 1024 })
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    const look = () => {
      analyser.getFloatTimeDomainData(samples)
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
      // −60 dB is silence in an office, −10 dB is shouting.
      const loud = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 60) / 50))
      level.value = Math.max(loud, level.value * 0.9)
      frame = requestAnimationFrame(look)
    }
    look()
  }

  function stop(): void {
    cancelAnimationFrame(frame)
    if (stream !== null) closeStream(stream)
    void context?.close()
    stream = context = null
    level.value = 0
  }

  onScopeDispose(stop)
  return { level, start, stop }
}
