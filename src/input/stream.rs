//! A stream whose wait can be ended.

use std::{
    fs::File,
    io::{self, Read},
    os::fd::OwnedFd,
    sync::Arc,
};

use rustix::event::{PollFd, PollFlags};

/// A file whose reads fail once the other end of `stop` is closed: a run that has failed must not wait for a silent pipe.
#[derive(Debug)]
pub(super) struct Stream {
    file: File,
    /// The number of bytes to read, if it is known; what is appended later is not read.
    length: Option<u64>,
    /// Bytes read so far.
    read: u64,
    stop: Arc<OwnedFd>,
}

impl Stream {
    /// The first `length` bytes of `file`, or all of them.
    pub(super) fn new(file: File, length: Option<u64>, stop: Arc<OwnedFd>) -> Self {
        Self { file, length, read: 0, stop }
    }

    /// Bytes read so far.
    pub(super) fn used(&self) -> u64 {
        self.read
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = self.length.map_or(buffer.len(), |length| buffer.len().min((length - self.read) as usize));
        if wanted == 0 {
            return Ok(0);
        }
        loop {
            let mut either = [PollFd::new(&self.file, PollFlags::IN), PollFd::new(&self.stop, PollFlags::IN)];
            rustix::event::poll(&mut either, None)?;
            if !either[1].revents().is_empty() {
                return Err(io::Error::from_raw_os_error(rustix::io::Errno::CANCELED.raw_os_error()));
            }
            match self.file.read(&mut buffer[..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read.inspect(|&read| self.read += read as u64),
            }
        }
    }
}
