//! The machine of classic BPF: checks programs once, then runs them on packets.
//!
//! A checked program jumps forwards only and ends in a return, so it always
//! stops. Every load is bounds-checked; a load outside the captured bytes, or a
//! division by zero, rejects the packet, as the kernel and libpcap do.
//! "The BSD Packet Filter" (USENIX 1993); instruction set of Linux `linux/filter.h`.

use super::Instruction;

/// The longest program: the kernel's own limit (`BPF_MAXINSNS`).
pub(super) const MAX_INSTRUCTIONS: usize = 4096;

/// Words of scratch memory a program has (`BPF_MEMWORDS`).
pub(super) const SCRATCH_WORDS: usize = 16;

/// Instruction classes, sizes and modes, as the bits of a code.
pub(super) mod code {
    pub(in crate::bpf) const LD: u16 = 0x00;
    pub(in crate::bpf) const LDX: u16 = 0x01;
    pub(in crate::bpf) const ST: u16 = 0x02;
    pub(in crate::bpf) const STX: u16 = 0x03;
    pub(in crate::bpf) const ALU: u16 = 0x04;
    pub(in crate::bpf) const JMP: u16 = 0x05;
    pub(in crate::bpf) const RET: u16 = 0x06;
    pub(in crate::bpf) const MISC: u16 = 0x07;

    pub(in crate::bpf) const W: u16 = 0x00;
    pub(in crate::bpf) const H: u16 = 0x08;
    pub(in crate::bpf) const B: u16 = 0x10;

    pub(in crate::bpf) const IMM: u16 = 0x00;
    pub(in crate::bpf) const ABS: u16 = 0x20;
    pub(in crate::bpf) const IND: u16 = 0x40;
    pub(in crate::bpf) const MEM: u16 = 0x60;
    pub(in crate::bpf) const LEN: u16 = 0x80;
    pub(in crate::bpf) const MSH: u16 = 0xa0;

    pub(in crate::bpf) const ADD: u16 = 0x00;
    pub(in crate::bpf) const SUB: u16 = 0x10;
    pub(in crate::bpf) const MUL: u16 = 0x20;
    pub(in crate::bpf) const DIV: u16 = 0x30;
    pub(in crate::bpf) const OR: u16 = 0x40;
    pub(in crate::bpf) const AND: u16 = 0x50;
    pub(in crate::bpf) const LSH: u16 = 0x60;
    pub(in crate::bpf) const RSH: u16 = 0x70;
    pub(in crate::bpf) const NEG: u16 = 0x80;
    pub(in crate::bpf) const MOD: u16 = 0x90;
    pub(in crate::bpf) const XOR: u16 = 0xa0;

    pub(in crate::bpf) const JA: u16 = 0x00;
    pub(in crate::bpf) const JEQ: u16 = 0x10;
    pub(in crate::bpf) const JGT: u16 = 0x20;
    pub(in crate::bpf) const JGE: u16 = 0x30;
    pub(in crate::bpf) const JSET: u16 = 0x40;

    pub(in crate::bpf) const K: u16 = 0x00;
    pub(in crate::bpf) const X: u16 = 0x08;
    pub(in crate::bpf) const RETURN_A: u16 = 0x10;
    pub(in crate::bpf) const TAX: u16 = 0x00;
    pub(in crate::bpf) const TXA: u16 = 0x80;
}

/// Whether a program can be run: known instructions, jumps forwards and inside, a return at the end.
pub(super) fn check(program: &[Instruction]) -> Result<(), &'static str> {
    if program.is_empty() || program.len() > MAX_INSTRUCTIONS {
        return Err("the program is empty or longer than 4096 instructions");
    }
    for (at, instruction) in program.iter().enumerate() {
        check_instruction(*instruction, program.len() - at - 1)?;
    }
    match program.last() {
        Some(last) if last.code & 0x07 == code::RET => Ok(()),
        _ => Err("the program does not end in a return"),
    }
}

fn check_instruction(instruction: Instruction, following: usize) -> Result<(), &'static str> {
    let scratch = |k: u32| {
        if (k as usize) < SCRATCH_WORDS {
            Ok(())
        } else {
            Err("an instruction uses scratch memory that is not there")
        }
    };
    let known = |ok: bool| ok.then_some(()).ok_or("an instruction is not known");
    let (code, k) = (instruction.code, instruction.k);
    match code & 0x07 {
        code::LD => match code & 0xe0 {
            code::MEM => scratch(k),
            mode => known(mode <= code::LEN && code & 0x18 != 0x18),
        },
        code::LDX => match code & 0xe0 {
            code::MEM => scratch(k),
            code::MSH => known(code & 0x18 == code::B),
            mode => known(mode == code::IMM || mode == code::LEN),
        },
        code::ST | code::STX => scratch(k),
        code::ALU => check_alu(code, k),
        code::JMP => check_jump(instruction, following),
        code::RET | code::MISC => Ok(()),
        _ => known(false),
    }
}

fn check_alu(code: u16, k: u32) -> Result<(), &'static str> {
    let constant = code & code::X == 0;
    match code & 0xf0 {
        code::DIV | code::MOD if constant && k == 0 => Err("an instruction divides by zero"),
        code::LSH | code::RSH if constant && k > 31 => Err("an instruction shifts by more than 31"),
        operation if operation <= code::XOR => Ok(()),
        _ => Err("an instruction is not known"),
    }
}

fn check_jump(jump: Instruction, following: usize) -> Result<(), &'static str> {
    let reach = if jump.code & 0xf0 == code::JA {
        jump.k as usize
    } else {
        jump.jt.max(jump.jf) as usize
    };
    if jump.code & 0xf0 > code::JSET {
        Err("an instruction is not known")
    } else if reach >= following {
        Err("a jump leaves the program")
    } else {
        Ok(())
    }
}

/// Runs a checked program; the result is how many bytes to keep, 0 for none.
///
/// `wire_length` is what the `len` of an expression means.
pub(super) fn run(program: &[Instruction], bytes: &[u8], wire_length: u32) -> u32 {
    let mut a: u32 = 0;
    let mut x: u32 = 0;
    let mut scratch = [0u32; SCRATCH_WORDS];
    let mut at: usize = 0;
    while let Some(&Instruction { code, jt, jf, k }) = program.get(at) {
        at += 1;
        match code & 0x07 {
            code::LD => {
                let loaded = match code & 0xe0 {
                    code::ABS => load(bytes, k, code),
                    code::IND => x
                        .checked_add(k)
                        .and_then(|offset| load(bytes, offset, code)),
                    code::IMM => Some(k),
                    code::MEM => scratch.get(k as usize).copied(),
                    code::LEN => Some(wire_length),
                    _ => None,
                };
                let Some(loaded) = loaded else { return 0 };
                a = loaded;
            }
            code::LDX => {
                let loaded = match code & 0xe0 {
                    code::MSH => load(bytes, k, code::B).map(|byte| (byte & 0x0f) * 4),
                    code::IMM => Some(k),
                    code::MEM => scratch.get(k as usize).copied(),
                    code::LEN => Some(wire_length),
                    _ => None,
                };
                let Some(loaded) = loaded else { return 0 };
                x = loaded;
            }
            code::ST => store(&mut scratch, k, a),
            code::STX => store(&mut scratch, k, x),
            code::ALU => {
                let operand = if code & code::X == 0 { k } else { x };
                let Some(result) = calculate(code & 0xf0, a, operand) else {
                    return 0;
                };
                a = result;
            }
            code::JMP => {
                let operand = if code & code::X == 0 { k } else { x };
                let holds = match code & 0xf0 {
                    code::JEQ => a == operand,
                    code::JGT => a > operand,
                    code::JGE => a >= operand,
                    code::JSET => a & operand != 0,
                    _ => {
                        at = at.saturating_add(k as usize);
                        continue;
                    }
                };
                at += if holds { jt as usize } else { jf as usize };
            }
            code::RET => return if code & 0x18 == code::RETURN_A { a } else { k },
            _ if code & code::TXA != 0 => a = x,
            _ => x = a,
        }
    }
    0
}

fn load(bytes: &[u8], offset: u32, code: u16) -> Option<u32> {
    let rest = bytes.get(offset as usize..)?;
    match code & 0x18 {
        code::W => rest
            .first_chunk::<4>()
            .map(|four| u32::from_be_bytes(*four)),
        code::H => rest
            .first_chunk::<2>()
            .map(|two| u32::from(u16::from_be_bytes(*two))),
        _ => rest.first().map(|byte| u32::from(*byte)),
    }
}

fn store(scratch: &mut [u32; SCRATCH_WORDS], slot: u32, value: u32) {
    if let Some(word) = scratch.get_mut(slot as usize) {
        *word = value;
    }
}

pub(super) fn calculate(operation: u16, a: u32, operand: u32) -> Option<u32> {
    Some(match operation {
        code::ADD => a.wrapping_add(operand),
        code::SUB => a.wrapping_sub(operand),
        code::MUL => a.wrapping_mul(operand),
        code::DIV => a.checked_div(operand)?,
        code::MOD => a.checked_rem(operand)?,
        code::OR => a | operand,
        code::AND => a & operand,
        code::XOR => a ^ operand,
        code::LSH => a.checked_shl(operand).unwrap_or(0),
        code::RSH => a.checked_shr(operand).unwrap_or(0),
        _ => a.wrapping_neg(),
    })
}
