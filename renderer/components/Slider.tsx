/** A number by a thumb on a track, for where its size matters more than its digits. */
import { Slider as AriaSlider, SliderThumb, SliderTrack } from "react-aria-components";

interface SliderProps {
  label: string; // read out; what is shown is beside it
  value: number;
  least: number;
  most: number;
  step: number;
  unit: string;
  onChange: (value: number) => void;
}

export function Slider({ label, value, least, most, step, unit, onChange }: SliderProps) {
  const shown = Math.min(most, Math.max(least, value));
  return (
    <AriaSlider
      className="slider"
      aria-label={label}
      value={shown}
      minValue={least}
      maxValue={most}
      step={step}
      onChange={onChange}
    >
      <SliderTrack className="slider-track">
        <div className="slider-fill" style={{ width: `${(100 * (shown - least)) / (most - least)}%` }} />
        <SliderThumb className="slider-thumb" aria-label={`${label}, ${unit}`} />
      </SliderTrack>
    </AriaSlider>
  );
}
