//! The split editor's table: rows × columns, each with its own check.
//!
//! A view over cells for the screen of two splits at once (people × categories). Cells are the truth; rows and columns are
//! sums, compared with what was given for them.

use super::allot::{self, Row, Settle};
use crate::money::Amount;

/// Cells with what was given for each row and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Given for each row.
    pub rows: Vec<Amount>,
    /// Given for each column.
    pub columns: Vec<Amount>,
    /// Rounding unit, minor units.
    pub unit: u64,
    /// Cells, row by row.
    pub cells: Vec<Cell>,
}

/// One cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Its amount.
    pub amount: Amount,
    /// What it had before; settles ties and weighs [`Settle::ByBase`].
    pub base: u64,
    /// Whether it is locked.
    pub locked: bool,
}

/// What does not add up: given − Σ cells, by row and by column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridCheck {
    /// Remainder of each row.
    pub rows: Vec<Amount>,
    /// Remainder of each column.
    pub columns: Vec<Amount>,
}

impl GridCheck {
    /// Whether every row and column adds up.
    pub fn is_even(&self) -> bool {
        self.rows.iter().chain(&self.columns).all(|remainder| *remainder == Amount::ZERO)
    }
}

impl Grid {
    /// The cell at a row and column.
    pub fn cell(&self, row: usize, column: usize) -> Option<&Cell> {
        if column < self.columns.len() { self.cells.get(row * self.columns.len() + column) } else { None }
    }

    /// The remainder of every row and column.
    pub fn check(&self) -> GridCheck {
        let width = self.columns.len();
        let mut check = GridCheck { rows: self.rows.clone(), columns: self.columns.clone() };
        for (place, cell) in self.cells.iter().enumerate().take(width * self.rows.len()) {
            check.rows[place / width] = check.rows[place / width] - cell.amount;
            check.columns[place % width] = check.columns[place % width] - cell.amount;
        }
        check
    }

    /// What each row's cell in a column gets when the column's remainder is settled (照此补足); for the preview. `None`
    /// when every cell is locked.
    pub fn settlement(&self, column: usize, how: Settle) -> Option<Vec<Amount>> {
        let remainder = *self.check().columns.get(column)?;
        let rows: Vec<Row> = (0..self.rows.len())
            .map(|row| {
                let cell = self.cell(row, column).copied().unwrap_or_default();
                Row { weight: cell.base, base: cell.base, held: cell.locked.then_some(cell.amount) }
            })
            .collect();
        allot::settle(remainder, self.unit, &rows, how)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_as_drawn() {
        // design/png/target-cascade.png: five people × four categories, in whole currency units; two people are locked.
        let cells = [
            [184_000, 132_000, 92_000, 47_000],
            [176_000, 130_000, 88_000, 44_000],
            [170_000, 125_000, 84_000, 42_000],
            [161_000, 119_000, 81_000, 41_000],
            [173_000, 128_000, 87_000, 42_000],
        ];
        let base = [398, 405, 369, 366, 392];
        let grid = Grid {
            rows: [455_000, 438_000, 421_000, 402_000, 430_000].map(Amount).into(),
            columns: [864_000, 648_000, 432_000, 216_000].map(Amount).into(),
            unit: 100,
            cells: (0..20)
                .map(|i| Cell {
                    amount: Amount(cells[i / 4][i % 4]),
                    base: base[i / 4],
                    locked: i / 4 == 0 || i / 4 == 2,
                })
                .collect(),
        };
        let check = grid.check();
        assert_eq!(check.rows, vec![Amount::ZERO; 5]);
        assert_eq!(check.columns, [0, 14_000, 0, 0].map(Amount));
        assert!(!check.is_even());
        let more = grid.settlement(1, Settle::Evenly).expect("unlocked cells");
        assert_eq!(more, [0, 4_700, 0, 4_600, 4_700].map(Amount));
    }
}
