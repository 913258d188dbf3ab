"""What must be remembered of how creators are paid, one file for each noun."""

from creators.models.earnings import Earning
from creators.models.fees import FeeSchedule, FeeTier
from creators.models.payees import Payee
from creators.models.payouts import Payout, PayoutRun, Reversal, Transfer
from creators.models.tips import Tip, TipChoice, TipRefund

__all__ = [
    "Earning",
    "FeeSchedule",
    "FeeTier",
    "Payee",
    "Payout",
    "PayoutRun",
    "Reversal",
    "Tip",
    "TipChoice",
    "TipRefund",
    "Transfer",
]
