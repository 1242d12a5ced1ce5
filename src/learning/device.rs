//! The burn backend that computes.

use crate::settings::Backend;

/// A burn device, which holds tensors; without gradient tracking unless `autodiff` is called on it.
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
