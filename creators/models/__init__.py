"""What must be remembered of how creators are paid, one file for each noun."""

from creators.models.earnings import Earning
from creators.models.exclusions import ListenerExclusion
from creators.models.fees import FeeSchedule, FeeTier
from creators.models.payees import Payee
from creators.models.payouts import Payout, PayoutRun, Reversal, Transfer

__all__ = [
    "Earning",
    "FeeSchedule",
    "FeeTier",
    "ListenerExclusion",
    "Payee",
    "Payout",
    "PayoutRun",
    "Reversal",
    "Transfer",
]
