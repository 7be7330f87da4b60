#pragma once
// A device's profile as it goes over the wire and is kept.

#include "agent/json.h"
#include "planner/hardware_profile.h"

namespace phonon {

OrderedJson to_json(const HardwareProfile& profile);

}  // namespace phonon
