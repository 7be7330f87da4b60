#pragma once
// A device's profile and a pack's as they go over the wire.

#include "agent/json.h"
#include "pack/pack_profile.h"
#include "planner/hardware_profile.h"

namespace phonon {

OrderedJson to_json(const HardwareProfile& profile);
OrderedJson to_json(const PackProfile& profile);
OrderedJson to_json(const std::vector<LayerPredictor>& predictors);

}  // namespace phonon
