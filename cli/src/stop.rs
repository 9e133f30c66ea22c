//! `palisade stop`: asks the supervisor to stop, and waits until it has.

use crate::control::Control;
use crate::failure::{EXIT_TRY_AGAIN, EXIT_UNREACHABLE, Failure};
use palisade_hook::connect::ConnectError;
use palisade_hook::instance::Instance;
use std::fs::{File, TryLockError};
use std::time::{Duration, Instant};

/// An orderly stop writes its last record and ends its workers; that takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two looks at the lock.
const PAUSE: Duration = Duration::from_millis(5);

/// Stops the instance.
pub fn stop(instance: &Instance) -> Result<u8, Failure> {
    let control = Control::try_open(instance).map_err(|why| match why {
        ConnectError::Dead => {
            Failure { code: EXIT_UNREACHABLE, text: "there is nothing to stop: no supervisor runs".to_owned() }
        }
        why => Failure::connection(&why, instance),
    })?;
    control.stop()?;
    let begun = Instant::now();
    while holds_lock(instance) {
        if begun.elapsed() > PATIENCE {
            return Err(Failure {
                code: EXIT_TRY_AGAIN,
                text: format!("the supervisor was asked to stop {} s ago and still runs", PATIENCE.as_secs()),
            });
        }
        std::thread::sleep(PAUSE);
    }
    say!("palisade has stopped");
    Ok(0)
}

/// The lock goes with the process, however that ends. A lock that this user may not open is judged by the socket.
fn holds_lock(instance: &Instance) -> bool {
    match File::open(instance.layout.lock()) {
        Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)),
        Err(why) if why.kind() == std::io::ErrorKind::PermissionDenied => {
            !matches!(Control::try_open(instance), Err(ConnectError::Dead))
        }
        Err(_) => false,
    }
}
