"""What must be remembered of how creators are paid, one file for each noun."""

from creators.models.earnings import Clawback, Earning
from creators.models.fees import FeeSchedule, FeeTier
from creators.models.payees import Payee
from creators.models.payouts import Payout, PayoutRun, PayoutStop, Reversal, Transfer

__all__ = [
    "Clawback",
    "Earning",
    "FeeSchedule",
    "FeeTier",
    "Payee",
    "Payout",
    "PayoutRun",
    "PayoutStop",
    "Reversal",
    "Transfer",
]
