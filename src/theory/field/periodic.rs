//! The forward recurrence along one axis: which input positions each unit of a tensor sees, as a periodic map.
//!
//! Unit `φ + q·P` of a tensor sees the set `S_φ` of input positions, moved by `q·J`. A chain of windows has `P = 1`;
//! there a window with kernel `k`, stride `s`, dilation `d` and padding `p` turns the set `S` and the jump `J` into
//! `S' = ⋃ₜ S + (t·d − p)·J` and `J' = s·J`, whose spans obey the known recurrence `r' = r + (k−1)·d·J`.
//! A transposed window multiplies the period by its stride.

use std::rc::Rc;

use num_integer::Integer;

use super::pattern::{MOST_PHASES, Pattern, Progression};
use super::positions::Positions;

/// A periodic map from units to input positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Periodic {
    /// What the units `0..P` see.
    pub(super) phases: Vec<Rc<Positions>>,
    /// Input positions from one period to the next.
    pub(super) advance: i128,
}

/// The numbers do not fit, or there are too many phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge;

impl Periodic {
    /// Every unit sees its own position.
    pub(super) fn identity() -> Self {
        Self {
            phases: vec![Rc::new(Positions::one(0))],
            advance: 1,
        }
    }

    pub(super) fn period(&self) -> i128 {
        self.phases.len() as i128
    }

    /// What a unit sees, as if the input had no borders.
    pub(super) fn unit(&self, unit: i128) -> Option<Positions> {
        let (turn, phase) = unit.div_mod_floor(&self.period());
        let phase = usize::try_from(phase).ok()?;
        (*self.phases[phase])
            .clone()
            .shift(turn.checked_mul(self.advance)?)
    }

    /// What the units of a progression see together.
    fn units(&self, units: Progression) -> Option<Positions> {
        let cycle = self.period() / self.period().gcd(&units.step).max(1);
        let step = units.step.checked_mul(cycle)? / self.period();
        let step = step.checked_mul(self.advance)?;
        let classes = u128::try_from(cycle).ok()?.min(units.count);
        let class = |class: u128| {
            let offset = i128::try_from(class).ok()?.checked_mul(units.step)?;
            let count = (units.count - class).div_ceil(u128::try_from(cycle).ok()?);
            self.unit(units.first.checked_add(offset)?)?
                .copies(count, step)
        };
        if classes == 1 {
            return class(0);
        }
        let sets: Option<Vec<Positions>> = (0..classes).map(class).collect();
        Some(Positions::union_all(sets?))
    }

    /// What the units see that read these by a pattern.
    pub(super) fn read_by(&self, pattern: &Pattern) -> Result<Self, TooLarge> {
        let turns = self.period() / self.period().gcd(&pattern.advance).max(1);
        let period = pattern.period().checked_mul(turns).ok_or(TooLarge)?;
        if period > MOST_PHASES {
            return Err(TooLarge);
        }
        let mut phases = Vec::with_capacity(pattern.phases.len());
        for turn in 0..turns {
            let moved = turn.checked_mul(pattern.advance).ok_or(TooLarge)?;
            for progression in &pattern.phases {
                let set = match progression {
                    None => Some(Positions::default()),
                    Some(progression) => moved.checked_add(progression.first).and_then(|first| {
                        self.units(Progression {
                            first,
                            ..*progression
                        })
                    }),
                };
                phases.push(Rc::new(set.ok_or(TooLarge)?));
            }
        }
        let advance = pattern.advance.checked_mul(turns).ok_or(TooLarge)? / self.period();
        let advance = advance.checked_mul(self.advance).ok_or(TooLarge)?;
        Ok(Self { phases, advance })
    }

    /// What units see through either of two maps; `None` where they do not advance alike.
    pub(super) fn union(&self, other: &Self) -> Result<Option<Self>, TooLarge> {
        let (own, others) = (self.period(), other.period());
        let alike = self.advance.checked_mul(others).ok_or(TooLarge)?
            == other.advance.checked_mul(own).ok_or(TooLarge)?;
        if !alike {
            return Ok(None);
        }
        let period = own.lcm(&others);
        if period > MOST_PHASES {
            return Err(TooLarge);
        }
        let phase = |unit: i128| {
            let (left, right) = (self.unit(unit)?, other.unit(unit)?);
            Some(Rc::new(if left.contains(&right) {
                left
            } else {
                left.union(&right)
            }))
        };
        let phases: Option<Vec<_>> = (0..period).map(phase).collect();
        Ok(Some(Self {
            phases: phases.ok_or(TooLarge)?,
            advance: self.advance.checked_mul(period / own).ok_or(TooLarge)?,
        }))
    }
}
