//! Which burn backend computes.

use crate::settings::Backend;

/// A burn device: the place where tensors live, without gradient tracking unless asked for.
pub type Device = burn::tensor::Device;

/// The device of a backend.
pub fn device(backend: Backend) -> Device {
    match backend {
        Backend::Flex => Device::flex(),
        Backend::Ndarray =>
        {
            #[expect(deprecated, reason = "kept on purpose as a second backend to check the first one against")]
            Device::ndarray()
        }
    }
}
