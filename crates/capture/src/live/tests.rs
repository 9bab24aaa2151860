use super::{LiveOptions, open_live};
use crate::Error;

#[test]
fn an_interface_that_is_not_there_is_refused_with_those_that_are() {
    let options = LiveOptions {
        interfaces: vec!["no-such-one".to_owned()],
        ..LiveOptions::default()
    };
    let error = open_live(&options, 0, 1).err().expect("refused");
    assert!(matches!(error, Error::Unusable { .. }), "{error}");
    #[cfg(target_os = "linux")]
    assert!(error.to_string().contains("there are: any, "), "{error}");
}

#[test]
fn too_many_interfaces_are_refused() {
    let options = LiveOptions {
        interfaces: vec!["eth0".to_owned(); 65],
        ..LiveOptions::default()
    };
    let error = open_live(&options, 0, 1).err().expect("refused");
    assert!(error.to_string().contains("at most 64"), "{error}");
}

#[cfg(target_os = "linux")]
mod linux {
    use crate::live::block_bytes;
    use crate::live::device::Framing;
    use crate::live::header::{cook, restore_tag};
    use crate::live::ring::Frame;

    fn frame(memory: &mut [u8], headroom: usize, tag: Option<(u16, u16)>) -> Frame {
        // SAFETY: all fields are numbers or arrays of numbers.
        let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
        address.sll_protocol = 0x0800_u16.to_be();
        address.sll_ifindex = 7;
        address.sll_hatype = 1;
        address.sll_pkttype = 4;
        address.sll_halen = 6;
        address.sll_addr = [0, 0, 0x5e, 0, 0x53, 1, 0, 0];
        Frame {
            bytes: memory[headroom..].as_mut_ptr(),
            captured: memory.len() - headroom,
            headroom,
            wire_length: 1000,
            checksum_pending: false,
            ts: 0,
            tag,
            address,
        }
    }

    fn bytes(frame: &Frame) -> Vec<u8> {
        // SAFETY: the frame lies in the memory of its test.
        unsafe { std::slice::from_raw_parts(frame.bytes, frame.captured) }.to_vec()
    }

    #[test]
    fn a_tag_is_put_between_addresses_and_type() {
        let mut memory: Vec<u8> = (0..40).collect();
        let mut frame = frame(&mut memory, 8, Some((0x88a8, 0x6064)));
        restore_tag(&mut frame);
        let expected: Vec<u8> = (8..20)
            .chain([0x88, 0xa8, 0x60, 0x64])
            .chain(20..40)
            .collect();
        assert_eq!(bytes(&frame), expected);
        assert_eq!(frame.wire_length, 1004);
    }

    #[test]
    fn without_room_a_packet_stays_as_it_is() {
        let mut memory: Vec<u8> = (0..40).collect();
        let mut frame = frame(&mut memory, 3, Some((0x8100, 1)));
        restore_tag(&mut frame);
        assert_eq!(bytes(&frame), (3..40).collect::<Vec<u8>>());
        cook(&mut frame);
        assert_eq!(frame.captured, 37);
    }

    #[test]
    fn a_cooked_header_says_whence_a_packet_came() {
        let mut memory = vec![0x45; 40];
        let mut frame = frame(&mut memory, 30, None);
        cook(&mut frame);
        let header = [
            8, 0, 0, 0, 0, 0, 0, 7, 0, 1, 4, 6, 0, 0, 0x5e, 0, 0x53, 1, 0, 0,
        ];
        assert_eq!(bytes(&frame), [header.as_slice(), &[0x45; 10]].concat());
        assert_eq!(frame.wire_length, 1020);
    }

    #[test]
    fn the_tag_of_a_cooked_packet_stands_behind_its_header() {
        let mut memory = vec![0x45; 40];
        let mut frame = frame(&mut memory, 30, Some((0x8100, 0x0005)));
        cook(&mut frame);
        let bytes = bytes(&frame);
        assert_eq!(bytes[..2], [0x81, 0x00]);
        assert_eq!(bytes[20..26], [0x00, 0x05, 0x08, 0x00, 0x45, 0x45]);
    }

    #[test]
    fn every_ring_has_blocks_enough() {
        assert_eq!(block_bytes(16 << 20), 256 << 10);
        assert_eq!(block_bytes(1 << 20), 128 << 10);
        assert_eq!(block_bytes(0), 128 << 10);
    }

    #[test]
    fn framing_follows_the_hardware_type() {
        assert_eq!(Framing::of(1).link(), 1);
        assert_eq!(Framing::of(772).link(), 1);
        assert_eq!(Framing::of(0xfffe).link(), 101);
        assert_eq!(Framing::of(803).link(), 127);
        assert_eq!(Framing::of(512), Framing::Cooked);
        assert_eq!(Framing::of(778).link(), 276);
    }
}
