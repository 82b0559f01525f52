// The board's clock and its temperatures; it has no battery.
#include <algorithm>
#include <cmath>

#include "libs/base/tempsense.h"
#include "libs/base/timer.h"
#include "port.h"

extern "C" {
#include "clock.h"
}

namespace {

// The SDK says 0 where a sensor fails.
double Celsius(coralmicro::TempSensor sensor) {
    const float found = coralmicro::TempSensorRead(sensor);
    return found != 0.0f ? static_cast<double>(found) : NAN;
}

}  // namespace

extern "C" {

double ee_seconds(void) { return static_cast<double>(coralmicro::TimerMicros()) * 1e-6; }

ee_device_state ee_state_read(const ee_board*, const char*) {
    const double cpu = Celsius(coralmicro::TempSensor::kCpu);
    const double tpu = Celsius(coralmicro::TempSensor::kTpu);
    ee_device_state state = {};
    state.senses_heat = true;
    state.celsius = std::isnan(cpu) || std::isnan(tpu) ? NAN : std::max(cpu, tpu);
    state.percent = NAN;
    state.charging = EE_CHARGING_UNKNOWN;
    return state;
}
}
