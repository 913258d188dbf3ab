"""What must be remembered of how creators are paid, one file for each noun."""

from creators.models.earnings import Clawback, Earning
from creators.models.exclusions import ListenerExclusion
from creators.models.fees import FeeSchedule, FeeTier
from creators.models.fund import Application, Programme
from creators.models.fund_periods import Appeal, Period, PeriodAllocation, PeriodShare, PeriodSnapshot, PeriodStep
from creators.models.payees import Payee
from creators.models.payouts import Payout, PayoutRun, PayoutStop, Reversal, Transfer
from creators.models.tips import Tip, TipChoice, TipRefund

__all__ = [
    "Appeal",
    "Application",
    "Clawback",
    "Earning",
    "FeeSchedule",
    "FeeTier",
    "ListenerExclusion",
    "Payee",
    "Payout",
    "PayoutRun",
    "PayoutStop",
    "Period",
    "PeriodAllocation",
    "PeriodShare",
    "PeriodSnapshot",
    "PeriodStep",
    "Programme",
    "Reversal",
    "Tip",
    "TipChoice",
    "TipRefund",
    "Transfer",
]
